/**
 * The Shapley values of one way to a leaf: features come in every order, and one that has not come yet lets the share of
 * the training rows pass. A part's value is what its coming changes, averaged over all orders.
 * @param shares By part: of the training rows that come to the feature's splits, which share goes this way.
 * @param isFulfilled Whether the row goes this way wherever the part's feature decides.
 */
export function shapleyValues(
  leaf: number,
  shares: Float64Array,
  isFulfilled: (part: number) => boolean,
): Float64Array {
  const count = shares.length;
  const passes = shares.map((_, part) => Number(isFulfilled(part)));
  return shares.map((share, part) => {
    const bySize = passingBySize(shares, passes, part);
    // An order in which `size` others come before: size! (count - 1 - size)! / count! of all orders.
    let [sum, weight] = [0, 1 / count];
    for (let size = 0; size < count; size += 1) {
      sum += weight * (bySize[size] as number);
      weight *= (size + 1) / (count - 1 - size);
    }
    return leaf * ((passes[part] as number) - share) * sum;
  });
}

/** For each number of others that came: the sum over all such sets of what passes through all of the others. */
function passingBySize(shares: Float64Array, passes: Float64Array, without: number): Float64Array {
  const bySize = new Float64Array(shares.length);
  bySize[0] = 1;
  for (let part = 0, known = 0; part < shares.length; part += 1) {
    if (part === without) continue;
    known += 1;
    for (let size = known; size >= 0; size -= 1) {
      const came = size > 0 ? (bySize[size - 1] as number) * (passes[part] as number) : 0;
      bySize[size] = (bySize[size] as number) * (shares[part] as number) + came;
    }
  }
  return bySize;
}
