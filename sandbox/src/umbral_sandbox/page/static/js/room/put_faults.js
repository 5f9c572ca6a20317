// Putting faults in force.
import { api } from "../api.js";
import { act } from "./act.js";

const given = (fault) => Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== null));

/** Makes `faults` all that is in force; `label` says what is being done. */
export const putFaults = (label, faults) => act("faults", label, () => api.faults(faults.map(given)));
