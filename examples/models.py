"""Lists the models and agents that the key may use."""

from hatz_client import Client

client = Client()
models = client.list_models()

wide = max(len(model.id) for model in models)
print(f"\n{'model':{wide}}  {'developer':12}  {'context':>9}  vision")
for model in sorted(models, key=lambda model: (model.developer or "", model.id)):
    context = f"{model.max_tokens:,}" if model.max_tokens else "not said"
    vision = {True: "yes", False: "no", None: "not said"}[model.vision]
    print(f"{model.id:{wide}}  {model.developer or '':12}  {context:>9}  {vision}")

for agent in client.list_agents():
    print(f"\nagent {agent.name}: {agent.description}")
    print(f"  model={agent.model!r}, with {', '.join(agent.tools) or 'no tools'}")
