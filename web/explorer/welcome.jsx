import { formatShortcutForOS, KEY_MAP, pick, useGraphiQL } from '@graphiql/react';

const RUN_KEYS = formatShortcutForOS(KEY_MAP.runQuery.key).split('-');

/** Stands in the place of the answer until the open tab has one. */
export function Welcome() {
  const { tabs, activeTabIndex, isFetching } = useGraphiQL(pick('tabs', 'activeTabIndex', 'isFetching'));
  if (isFetching || tabs[activeTabIndex]?.response) return null;
  return (
    <div className="snowgate-welcome">
      <img src="explorer/favicon.svg" alt="" width="44" height="44" />
      <h1>Ask Snowgate</h1>
      <p>
        Every tab is a ready question. Press the <b>play button</b> or{' '}
        {RUN_KEYS.map((key) => (
          <kbd key={key}>{key}</kbd>
        ))}{' '}
        and the answer appears here.
      </p>
      <ul>
        <li>
          <b>Somebody else?</b> Change the ids under <i>Variables</i>. In the demo data, customers begin at 1000000 and
          products run from 0 to 1999.
        </li>
        <li>
          <b>Something else?</b> The documentation, first icon of the bar, lists all there is to ask, and{' '}
          <kbd>Ctrl</kbd> <kbd>Space</kbd> suggests what fits while you type.
        </li>
      </ul>
    </div>
  );
}
