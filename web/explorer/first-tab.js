/* global localStorage */
import { EXAMPLE_TABS } from './tabs.js';

/**
 * Question and variables of the tab to show first: the one left open last time, else the first example.
 *
 * GraphiQL fills only the question of the first tab by itself and leaves its variables empty; and it adds a tab when
 * the initial text fits none of the stored tabs, so the text has to be that of a stored one.
 */
export function firstTab(storage = localStorage) {
  try {
    const { tabs, activeTabIndex } = JSON.parse(storage.getItem('graphiql:tabState'));
    const { query, variables } = tabs[activeTabIndex];
    return { initialQuery: query ?? '', initialVariables: variables ?? '' };
  } catch {
    return { initialQuery: EXAMPLE_TABS[0].query, initialVariables: EXAMPLE_TABS[0].variables };
  }
}
