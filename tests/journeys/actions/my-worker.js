function main(args) {
  console.log("working for " + args.name);
  return new Promise(function (resolve) {
    setTimeout(function () {
      console.log("done");
      resolve({ body: { payload: "worker done: " + args.name } });
    }, 1500);
  });
}
