'use strict';
exports.main = (request, response) => response.json({});
