"""How fast the engine is, on this machine, beside other queues that do the same job. Run by `hub_bench`."""
