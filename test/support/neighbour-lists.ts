/** Ratings by customer and product; 0 where there is none, else in half stars. */
export type RatingMatrix = readonly (readonly number[])[];

/**
 * The published method of nearest neighbours as it is written down: dense, everybody with everybody, in whole numbers of
 * half stars. Best first, by place of the product.
 */
export function neighbourListOf(
  matrix: RatingMatrix,
  customer: number,
  { neighbours, first }: { readonly neighbours: number; readonly first: number },
): { place: number; score: number }[] {
  const halves = matrix.map((row) => row.map((rating) => BigInt(2 * rating)));
  const dot = (a: number, b: number): bigint =>
    (halves[a] ?? []).reduce((sum, value, place) => sum + value * (halves[b]?.[place] ?? 0n), 0n);
  const others = [...matrix.keys()]
    .filter((row) => row !== customer && dot(customer, row) > 0n)
    .sort((a, b) => {
      // Whether the cosine with b is greater, squared and without a division.
      const difference = dot(customer, b) ** 2n * dot(a, a) - dot(customer, a) ** 2n * dot(b, b);
      return difference === 0n ? a - b : Number(difference > 0n) - Number(difference < 0n);
    });
  const nearest = [customer, ...others.slice(0, neighbours - 1)];
  return (matrix[customer] ?? [])
    .map((own, place) => ({
      place,
      own,
      score: nearest.reduce((sum, row) => sum + (matrix[row]?.[place] ?? 0), 0),
    }))
    .filter(({ own, score }) => own === 0 && score > 0)
    .sort((a, b) => b.score - a.score || a.place - b.place)
    .slice(0, first)
    .map(({ place, score }) => ({ place, score }));
}
