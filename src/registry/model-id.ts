/** One version of a model, as its folder `<name>/<version>` in the registry says. */
export interface ModelId {
  readonly name: string;
  readonly version: string;
}

/** No separators, and no dot first: an id never leads out of the registry. */
const ID = /^([A-Za-z0-9][\w.-]{0,63})@([A-Za-z0-9][\w.-]{0,63})$/;

/** Reads `name@version`; null when the text is none. */
export function parseModelId(text: string): ModelId | null {
  const [, name, version] = ID.exec(text) ?? [];
  return name === undefined || version === undefined ? null : { name, version };
}

/** The id as people write it: `name@version`. */
export function modelIdText({ name, version }: ModelId): string {
  return `${name}@${version}`;
}
