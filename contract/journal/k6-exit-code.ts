/** k6's exit code if a threshold of its own was missed: the report judges the same by more evidence. */
export const k6ThresholdsMissed = 99;
