"""The resources of a key at Hatz: models, agents, apps, workflows, jobs and files, as the gateway lists them."""
