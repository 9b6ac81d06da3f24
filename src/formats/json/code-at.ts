const { charCodeAt } = String.prototype as unknown as {
  readonly charCodeAt: (this: string, position: number) => number;
};

/**
 * `text.charCodeAt(position)`, for loops over long texts. A loop that has seen a few kinds of string (V8 has many) looks
 * the method up anew for each character otherwise, which takes four times as long.
 */
export const codeAt = Function.prototype.call.bind(charCodeAt) as (text: string, position: number) => number;
