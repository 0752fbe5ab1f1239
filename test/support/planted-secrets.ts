import { SETTINGS } from '../../src/config.ts';

const FREE_TEXT = 'some-text-4711';
const URLS = ['https', 'postgres', 'redis'].map((scheme) => `${scheme}://user:${FREE_TEXT}@host:1/path`);

/** The settings that take text of any kind, or an address with a password in it: the only ones that can hold a secret. */
export function settingsForText(): readonly string[] {
  return Object.entries(SETTINGS)
    .filter(([, setting]) => [FREE_TEXT, ...URLS].some((value) => setting.safeParse(value).success))
    .map(([name]) => name);
}

/** A secret that looks otherwise in an address and that no program holds by accident. */
export function plant(name: string): string {
  return `Pl4nted+${name.toLowerCase().replaceAll('_', '/')}/7==`;
}

/** Every form in which a secret might be written. */
export function formsOf(secret: string): readonly string[] {
  const bytes = Buffer.from(secret);
  // In base64 of a longer text it starts at one of three places; what lies at its ends depends on the neighbours.
  const inBase64 = [0, 1, 2].flatMap((shift) => {
    const padded = Buffer.concat([Buffer.alloc(shift), bytes]);
    const [start, end] = [Math.ceil((shift * 8) / 6), Math.floor((padded.length * 8) / 6)];
    return (['base64', 'base64url'] as const).map((form) => padded.toString(form).slice(start, end));
  });
  const form = new URLSearchParams({ a: secret }).toString().slice(2);
  return [
    ...new Set([
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      form,
      JSON.stringify(secret).slice(1, -1),
      bytes.toString('hex'),
      ...inBase64,
    ]),
  ];
}

/** An address with a user and a secret before its host. */
export function withSecret(url: string, user: string, secret: string): string {
  const parsed = new URL(url);
  parsed.username = user;
  parsed.password = encodeURIComponent(secret);
  return parsed.href;
}
