// Putting faults in force.
import { api } from "../api.js";
import { act } from "./act.js";

const given = (fault) => Object.fromEntries(Object.entries(fault).filter(([, value]) => value !== null));

/** Replace all active faults by `faults`; `label` describes the action. */
export const putFaults = (label, faults) => act("faults", label, () => api.faults(faults.map(given)));
