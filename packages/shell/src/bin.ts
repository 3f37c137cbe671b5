#!/usr/bin/env node
// The entry of the program.
import { main } from './main.ts';

void main(process.argv, process.env).then((code) => process.exit(code));
