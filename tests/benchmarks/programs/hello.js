'use strict';
// The smallest HTTP server: `node hello.js PORT`.
require('http')
  .createServer((request, response) => {
    request.resume();
    response.setHeader('content-type', 'application/json');
    response.end('{}');
  })
  .listen(Number(process.argv[2]), '127.0.0.1');
