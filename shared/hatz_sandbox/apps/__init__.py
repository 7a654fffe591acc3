"""Apps and workflows: `/app/list`, `/app/{id}`, `/app/{id}/query`, `/workflows/run` and `/workflows/{job_id}`."""
