/** A model or manifest that is not what it claims to be: a field is missing, of the wrong type or out of range. */
export class InvalidModelError extends Error {
  override readonly name = 'InvalidModelError';
}

/** A sound model of a kind that this evaluator does not compute. The message names the kind. */
export class UnsupportedModelError extends Error {
  override readonly name = 'UnsupportedModelError';
}
