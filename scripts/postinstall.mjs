// Runs after npm has installed the packages of the repository.
import { afterInstall } from './install.mjs';

afterInstall();
