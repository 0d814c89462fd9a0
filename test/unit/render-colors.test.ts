import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { type Color, lineColors, nthColor, outcomeColors } from '../../render/page/colors.ts';

type Triple = readonly [number, number, number];
type Matrix = readonly [Triple, Triple, Triple];

const identity: Matrix = [
  [1, 0, 0],
  [0, 1, 0],
  [0, 0, 1],
];

/** Machado, Oliveira, Fernandes 2009, "A Physiologically-based Model for Simulation of Color Vision Deficiency", severity 1. */
const sights: Readonly<Record<string, Matrix>> = {
  normal: identity,
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

const times = (matrix: Matrix, [a, b, c]: Triple): Triple => {
  const row = ([x, y, z]: Triple): number => x * a + y * b + z * c;
  return [row(matrix[0]), row(matrix[1]), row(matrix[2])];
};
const each = ([a, b, c]: Triple, change: (value: number) => number): Triple => [change(a), change(b), change(c)];

/** Linear light of "#rrggbb": the sRGB transfer function of IEC 61966-2-1. */
function linear(hex: string): Triple {
  const channel = (at: number): number => Number.parseInt(hex.slice(at, at + 2), 16) / 255;
  return each([channel(1), channel(3), channel(5)], (value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
}

/** Ottosson 2020, "A perceptual color space for image processing". */
function oklab(light: Triple): Triple {
  const cones = times(
    [
      [0.4122214708, 0.5363325363, 0.0514459929],
      [0.2119034982, 0.6806995451, 0.1073969566],
      [0.0883024619, 0.2817188376, 0.6299787005],
    ],
    light,
  );
  return times(
    [
      [0.2104542553, 0.793617785, -0.0040720468],
      [1.9779984951, -2.428592205, 0.4505937099],
      [0.0259040371, 0.7827717662, -0.808675766],
    ],
    each(cones, Math.cbrt),
  );
}

/** Distance in OKLab times 100 as someone with this sight sees it; 2 is just noticeable side by side. */
function distance(one: string, other: string, sight: Matrix): number {
  const seen = (hex: string): Triple =>
    oklab(each(times(sight, linear(hex)), (value) => Math.min(1, Math.max(0, value))));
  const [a, b] = [seen(one), seen(other)];
  return 100 * Math.hypot(a[0] - b[0], a[1] - b[1], a[2] - b[2]);
}

/** Contrast of WCAG 2. */
function contrast(one: string, other: string): number {
  const luminance = (hex: string): number => {
    const [red, green, blue] = linear(hex);
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  };
  const [a, b] = [luminance(one) + 0.05, luminance(other) + 0.05];
  return Math.max(a, b) / Math.min(a, b);
}

const minDistance = 8;
const papers = { light: '#ffffff', dark: '#1a1d21' } as const;
const palettes: Readonly<Record<string, Readonly<Record<string, Color>>>> = {
  outcomes: outcomeColors,
  lines: lineColors,
};

for (const [name, palette] of Object.entries(palettes)) {
  for (const scheme of ['light', 'dark'] as const) {
    const entries = Object.entries(palette);
    for (const [sight, matrix] of Object.entries(sights)) {
      test(`${name}, ${scheme}: any two can be told apart with ${sight}`, () => {
        for (const [n, [one, a]] of entries.entries()) {
          for (const [other, b] of entries.slice(n + 1)) {
            const apart = distance(a[scheme], b[scheme], matrix);
            assert.ok(apart >= minDistance, `${one} and ${other}: ${apart.toFixed(1)}`);
          }
        }
      });
    }
    test(`${name}, ${scheme}: each stands out from the page`, () => {
      for (const [one, color] of entries) {
        const ratio = contrast(color[scheme], papers[scheme]);
        assert.ok(ratio >= 2.5, `${one}: ${ratio.toFixed(2)}`);
      }
    });
  }
}

test('colors that come again are dashed', () => {
  const all = Array.from({ length: 16 }, (_, n) => nthColor(n));
  const keys = all.map(({ color, dashed }) => `${color.light} ${dashed}`);
  assert.equal(new Set(keys).size, 16);
});

test('pictures have the colors of the plots: the style sheet names each outcome', () => {
  const text = readFileSync(new URL('../../render/page/style/theme.css', import.meta.url), 'utf8');
  const [light = '', dark = ''] = text.split('@media screen');
  for (const [outcome, color] of Object.entries(outcomeColors)) {
    assert.ok(light.includes(`--${outcome}: ${color.light};`), `${outcome}, light`);
    assert.ok(dark.includes(`--${outcome}: ${color.dark};`), `${outcome}, dark`);
  }
});
