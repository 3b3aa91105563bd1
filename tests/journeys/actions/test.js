const openwhisk = require("openwhisk");

async function main(args) {
  const started = await openwhisk().actions.invoke({
    name: "my-worker",
    blocking: false,
    params: { name: args.name || "web" },
  });
  return { activationId: started.activationId };
}
