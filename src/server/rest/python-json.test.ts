import { describe, expect, it } from 'vitest';
import { PythonFloat, toPythonJson } from './python-json.ts';

describe('toPythonJson', () => {
  // Made with CPython 3: json.dumps([5.0, -0.0, 0.1, 1e-05, 1.5e-07, 1e16, 1.2345e+22, 123456789.0])
  it('writes floats as Python does', () => {
    const floats = [5, -0, 0.1, 1e-5, 1.5e-7, 1e16, 1.2345e22, 123456789].map((value) => new PythonFloat(value));
    expect(toPythonJson(floats)).toBe('[5.0,-0.0,0.1,1e-05,1.5e-07,1e+16,1.2345e+22,123456789.0]');
  });

  it('rounds to the decimals asked for and keeps whole numbers whole', () => {
    expect(toPythonJson([PythonFloat.rounded(0.123456, 4), PythonFloat.rounded(12.04, 1), 7])).toBe('[0.1235,12.0,7]');
  });

  it('keeps every digit of a bigint', () => {
    expect(toPythonJson({ id: 9007199254740993n })).toBe('{"id":9007199254740993}');
  });

  it('keeps the order of keys and the letters of FastAPI', () => {
    expect(toPythonJson({ b: 'Köln\n', a: [null, true] })).toBe('{"b":"Köln\\n","a":[null,true]}');
  });

  // Made with Flask 3: jsonify({"b": "Köln 😀\x7f", "A": None})
  it('sorts keys, writes ASCII and ends with a line feed in the style of Flask', () => {
    expect(toPythonJson({ b: 'Köln 😀\u007f', A: null }, { isFlask: true })).toBe(
      '{"A":null,"b":"K\\u00f6ln \\ud83d\\ude00\\u007f"}\n',
    );
  });
});
