"""The services of one machine, started and stopped by one command: Prefect's server, a worker, a store."""
