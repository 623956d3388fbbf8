/** Whether a function runs while its module is loaded; `guarded`: only where an ImportError of it is handled. */
export type RunsAtLoad = "no" | "guarded" | "yes";
