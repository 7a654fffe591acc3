"""What a key can use at Hatz: models, agents, apps, workflows, jobs and files, as the gateway lists them."""
