// The editor comes first: its style sheet must stand before GraphiQL's, which overrides it.
import 'monaco-graphql/esm/monaco-editor.js';
import '@graphiql/react/style.css';
import 'graphiql/graphiql.css';
import '@graphiql/plugin-doc-explorer/style.css';
import '@graphiql/plugin-history/style.css';
import '@graphiql/plugin-explorer/style.css';
import './explorer.css';
import { explorerPlugin } from '@graphiql/plugin-explorer';
import { GraphiQL, HISTORY_PLUGIN } from 'graphiql';
import { createRoot } from 'react-dom/client';
import { createFetcher } from './fetcher.js';
import { firstTab } from './first-tab.js';
import { EXAMPLE_TABS } from './tabs.js';
import { defineEditorThemes, EDITOR_THEME } from './theme.js';
import { Welcome } from './welcome.jsx';

const container = document.getElementById('explorer');

// The build writes the file names of the workers into the page, because they change with their contents.
globalThis.MonacoEnvironment = {
  getWorker: (_id, label) => {
    const file = container.dataset[`${label}Worker`] ?? container.dataset.editorWorker;
    return new Worker(new URL(file, document.baseURI), { type: 'module' });
  },
};

const fetcher = createFetcher();
const plugins = [HISTORY_PLUGIN, explorerPlugin({ showAttribution: false })];

defineEditorThemes();
createRoot(container).render(
  <GraphiQL
    {...firstTab()}
    fetcher={fetcher}
    plugins={plugins}
    defaultTabs={EXAMPLE_TABS}
    defaultEditorToolsVisibility="variables"
    editorTheme={EDITOR_THEME}
    // Headers can hold a key: never write them to the browser's storage.
    shouldPersistHeaders={false}
  >
    <GraphiQL.Logo>
      <span className="snowgate-logo">
        <img src="explorer/favicon.svg" alt="" width="22" height="22" />
        <span>Snowgate</span>
      </span>
    </GraphiQL.Logo>
    <GraphiQL.Footer>
      <Welcome />
    </GraphiQL.Footer>
  </GraphiQL>,
);
