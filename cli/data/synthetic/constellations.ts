/** Where the symbols of the linear modulations lie in the plane. */

/** Points of mean power 1; all are equally likely. */
export interface Constellation {
  readonly re: Float64Array;
  readonly im: Float64Array;
}

type Point = readonly [re: number, im: number];

/** Points on a circle; angles in units of pi. */
interface Ring {
  readonly radius: number;
  readonly angles: readonly number[];
}

/**
 * The constellation of each linear modulation.
 *
 * Amplitude keying has equally spaced levels from 0 (on-off keying is its case of two levels); QAM has square grids, and
 * for 32 and 128 points crosses. The rings of APSK are DVB-S2's (ETSI EN 302 307-1, tables 9 and 10, code rate 3/4) for 16
 * and 32 points and DVB-S2X's (ETSI EN 302 307-2) for 64 (8+16+20+20, code rate 4/5) and 128 points (code rate 135/180).
 */
export function constellations(): ReadonlyMap<string, Constellation> {
  return new Map<string, Constellation>([
    ["OOK", normalized(amplitudes(2))],
    ["4ASK", normalized(amplitudes(4))],
    ["8ASK", normalized(amplitudes(8))],
    ["BPSK", normalized(rings([{ radius: 1, angles: evenly(2, 0) }]))],
    ["QPSK", normalized(rings([{ radius: 1, angles: evenly(4, 1 / 4) }]))],
    ["OQPSK", normalized(rings([{ radius: 1, angles: evenly(4, 1 / 4) }]))],
    ["8PSK", normalized(rings([{ radius: 1, angles: evenly(8, 0) }]))],
    ["16PSK", normalized(rings([{ radius: 1, angles: evenly(16, 0) }]))],
    ["32PSK", normalized(rings([{ radius: 1, angles: evenly(32, 0) }]))],
    ["16APSK", normalized(rings(apsk16))],
    ["32APSK", normalized(rings(apsk32))],
    ["64APSK", normalized(rings(apsk64))],
    ["128APSK", normalized(rings(apsk128))],
    ["16QAM", normalized(grid(4, 0))],
    ["32QAM", normalized(grid(6, 1))],
    ["64QAM", normalized(grid(8, 0))],
    ["128QAM", normalized(grid(12, 2))],
    ["256QAM", normalized(grid(16, 0))],
  ]);
}

const apsk16: readonly Ring[] = [
  { radius: 1, angles: evenly(4, 1 / 4) },
  { radius: 2.85, angles: evenly(12, 1 / 12) },
];

const apsk32: readonly Ring[] = [
  { radius: 1, angles: evenly(4, 1 / 4) },
  { radius: 2.84, angles: evenly(12, 1 / 12) },
  { radius: 5.27, angles: evenly(16, 0) },
];

const apsk64: readonly Ring[] = [
  { radius: 1, angles: evenly(8, 1 / 8) },
  { radius: 2.2, angles: evenly(16, 1 / 16) },
  { radius: 3.6, angles: evenly(20, 1 / 20) },
  { radius: 5.2, angles: evenly(20, 1 / 20) },
];

/** The angles of 128APSK are not evenly spaced: the standard lists them for a quarter, and mirrors them on both axes. */
const apsk128: readonly Ring[] = [
  { radius: 1, angles: mirrored([83 / 1260, 103 / 560, 177 / 560, 243 / 560]) },
  { radius: 1.715, angles: mirrored([121 / 2520, 113 / 560, 167 / 560, 1139 / 2520]) },
  { radius: 2.118, angles: mirrored([23 / 280, 169 / 1008, 239 / 720, 117 / 280]) },
  { radius: 2.681, angles: mirrored([61 / 720, 139 / 840, 281 / 840, 349 / 840]) },
  { radius: 2.75, angles: mirrored([19 / 720, 563 / 2520, 199 / 720, 341 / 720]) },
  {
    radius: 3.819,
    angles: mirrored([
      ...[37 / 1680, 11 / 168, 11 / 105, 61 / 420, 929 / 5040, 383 / 1680],
      ...[49 / 180, 53 / 168, 1789 / 5040, 1993 / 5040, 73 / 168, 43 / 90],
    ]),
  },
];

/** Levels 0, 1, ... on the real axis. */
function amplitudes(count: number): Point[] {
  return Array.from({ length: count }, (_, level) => [level, 0]);
}

function evenly(count: number, first: number): number[] {
  return Array.from({ length: count }, (_, index) => first + (2 * index) / count);
}

function mirrored(quarter: readonly number[]): number[] {
  return quarter.flatMap((angle) => [angle, 1 - angle, 1 + angle, 2 - angle]);
}

function rings(all: readonly Ring[]): Point[] {
  return all.flatMap(({ radius, angles }) =>
    angles.map((angle): Point => [radius * Math.cos(Math.PI * angle), radius * Math.sin(Math.PI * angle)]),
  );
}

/** A square of `side` x `side` points, distance 2, without `corner` x `corner` points in each of its corners. */
function grid(side: number, corner: number): Point[] {
  const levels = Array.from({ length: side }, (_, index) => 2 * index - side + 1);
  const kept = side - 2 * corner;
  return levels.flatMap((re) =>
    levels.filter((im) => Math.abs(re) < kept || Math.abs(im) < kept).map((im): Point => [re, im]),
  );
}

function normalized(points: readonly Point[]): Constellation {
  const power = points.reduce((sum, [re, im]) => sum + re * re + im * im, 0) / points.length;
  const scale = 1 / Math.sqrt(power);
  return {
    re: Float64Array.from(points, ([re]) => re * scale),
    im: Float64Array.from(points, ([, im]) => im * scale),
  };
}
