// `npm run build`: compiles the packages and bundles the programs.
import { build } from './bundle.mjs';
import { main } from './step.mjs';

await main(build);
