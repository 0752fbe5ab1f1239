import { BadUserInputError } from '../errors.ts';

/** The delivery regions, as the data writes them. */
export const REGIONS = ['Northeast', 'Southeast', 'Midwest', 'South', 'West'] as const;

export type Region = (typeof REGIONS)[number];

/** Where to deliver, as a client may say it. */
export interface RegionArguments {
  readonly region?: Region | null | undefined;
  readonly zipCode?: string | null | undefined;
}

const ZIP_CODE = /^\d{5}(-\d{4})?$/;

/**
 * The region that the arguments name, or null when they name none. The first digit of a zip code decides: 0–1 Northeast,
 * 2–3 Southeast, 4–5 Midwest, 6–7 South, 8–9 West.
 * @throws BadUserInputError for a malformed zip code, or one that contradicts the region.
 */
export function regionOf({ region, zipCode }: RegionArguments): Region | null {
  if (zipCode === null || zipCode === undefined) return region ?? null;
  if (!ZIP_CODE.test(zipCode)) throw new BadUserInputError('zipCode', 'must be a US zip code: 12345 or 12345-6789.');
  const zipRegion = REGIONS[Math.floor(Number(zipCode[0]) / 2)] ?? 'Northeast';
  if (region && region !== zipRegion) {
    throw new BadUserInputError('zipCode', `lies in another region than the argument "region". Give one of the two.`);
  }
  return zipRegion;
}

/** The region that the arguments name. @throws BadUserInputError also when they name none. */
export function requireRegion(where: RegionArguments): Region {
  const region = regionOf(where);
  if (!region) throw new BadUserInputError('region', 'is missing. Give "region" or "zipCode".');
  return region;
}
