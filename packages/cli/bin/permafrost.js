#!/usr/bin/env node
const { runAndExit } = require('../dist');

runAndExit(process.argv.slice(2));
