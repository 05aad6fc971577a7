/** Where a tensor lies while a plan is made: memory whose address is not known yet. */
import type { Address } from "../plan.js";

export interface Place {
  readonly region: Region;
  /** From the region's begin. */
  readonly floats: number;
}

/** A piece of memory. Scratch and batch regions get their address when all uses are known. */
export interface Region {
  readonly space: Address["space"];
  /** Relative to the space. */
  bytes: number;
  readonly perSample: number;
}

export function fixedPlace(bytes: number): Place {
  return { region: { space: "fixed", bytes, perSample: 0 }, floats: 0 };
}

export function slotPlace(bytes: number): Place {
  return { region: { space: "slot", bytes, perSample: 0 }, floats: 0 };
}

/** `floats` further on. */
export function offset(place: Place, floats: number): Place {
  return floats === 0 ? place : { region: place.region, floats: place.floats + floats };
}

export function addressOf({ region, floats }: Place): Address {
  return { space: region.space, bytes: region.bytes + 4 * floats, perSample: region.perSample };
}
