/** The pictures of the documentation, taken while the tests run, so that they show what was tested. */
import { mkdirSync } from "node:fs";
import path from "node:path";

/** Enough for the text of a workbench; a palette makes the files a third of the size. */
const png = { palette: true, colours: 128, compressionLevel: 9, effort: 10 };

/** Takes no pictures: for runs that only test. */
export const noPictures = {
  take: async () => {},
  record: () => ({ frame: async () => {}, save: async () => {} }),
};

/** Writes pictures into `folder`, which is made if it is missing. */
export function picturesIn(folder) {
  mkdirSync(folder, { recursive: true });
  return {
    /**
     * Writes `<name>.png`: the page, or the part of it that `clip` says (in pixels, or a locator).
     *
     * @param {import("playwright-core").Page} page
     */
    async take(page, name, clip) {
      const sharp = await loadSharp();
      const shot = await screenshot(page, clip);
      await sharp(shot)
        .png(png)
        .toFile(path.join(folder, `${name}.png`));
    },
    /** Collects frames and writes them as `<name>.gif`. All frames show the same part of the page. */
    record(page, name, clip) {
      const frames = [];
      return {
        /** Adds what is on the screen, to be shown for `milliseconds`. */
        async frame(milliseconds) {
          frames.push({ shot: await screenshot(page, clip), milliseconds });
        },
        async save() {
          const sharp = await loadSharp();
          const shots = frames.map(({ shot }) => shot);
          const delay = frames.map(({ milliseconds }) => milliseconds);
          await sharp(shots, { join: { animated: true } })
            .gif({ delay, loop: 0, colours: 64, dither: 0, effort: 10, interFrameMaxError: 2 })
            .toFile(path.join(folder, `${name}.gif`));
        },
      };
    },
  };
}

/** Only runs that take pictures need the library. */
async function loadSharp() {
  return (await import("sharp")).default;
}

async function screenshot(page, clip) {
  if (clip === undefined) return page.screenshot();
  return typeof clip.screenshot === "function" ? clip.screenshot() : page.screenshot({ clip });
}
