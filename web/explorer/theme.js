import * as monaco from 'monaco-graphql/esm/monaco-editor.js';

const interfaceColors = (primary, surface) => ({
  'editor.background': '#ffffff00',
  'scrollbar.shadow': '#ffffff00',
  focusBorder: primary,
  'textLink.foreground': primary,
  'textLink.activeForeground': primary,
  'editorLink.activeForeground': primary,
  'editorWidget.background': surface,
  'editorHoverWidget.background': surface,
  'editorSuggestWidget.background': surface,
  'editorSuggestWidget.selectedBackground': `${primary}26`,
  'editorSuggestWidget.selectedForeground': primary,
  'editorSuggestWidget.highlightForeground': primary,
  'list.hoverBackground': `${primary}1a`,
  'menu.background': surface,
  'quickInput.background': surface,
});

const tokenRules = (color) => [
  { token: 'comment', foreground: color.comment },
  { token: 'keyword', foreground: color.keyword },
  { token: 'key.identifier', foreground: color.text },
  { token: 'argument.identifier', foreground: color.variable },
  { token: 'type.identifier', foreground: color.type },
  { token: 'string', foreground: color.string },
  { token: 'number', foreground: color.number },
  { token: 'string.key.json', foreground: color.keyword },
  { token: 'string.value.json', foreground: color.string },
  { token: 'keyword.json', foreground: color.number },
];

const LIGHT = {
  comment: '#566579',
  keyword: '#0b5cb8',
  text: '#1f2a3d',
  variable: '#6b3fc4',
  type: '#08705f',
  string: '#8a4a00',
  number: '#08705f',
};
const DARK = {
  comment: '#93a4bd',
  keyword: '#7cc0ff',
  text: '#e2e9f5',
  variable: '#c3a9ff',
  type: '#6fdcc6',
  string: '#ffce8f',
  number: '#6fdcc6',
};

/** Names of the editor's themes, for GraphiQL's `editorTheme`. The colours keep 4.5:1 on the page's own surfaces. */
export const EDITOR_THEME = { light: 'snowgate-light', dark: 'snowgate-dark' };

/** Makes the themes known to the editor; call it before the first editor is shown. */
export function defineEditorThemes() {
  monaco.editor.defineTheme(EDITOR_THEME.light, {
    base: 'vs',
    inherit: true,
    colors: { ...interfaceColors('#0b64cc', '#ffffff'), 'editorLineNumber.foreground': '#71809a' },
    rules: tokenRules(LIGHT),
  });
  monaco.editor.defineTheme(EDITOR_THEME.dark, {
    base: 'vs-dark',
    inherit: true,
    colors: { ...interfaceColors('#66b3ff', '#1b2536'), 'editorLineNumber.foreground': '#7f90ab' },
    rules: tokenRules(DARK),
  });
}
