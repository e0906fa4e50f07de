// `npm start`: installs and builds what is needed, then runs the server until it ends. It is started by `exec`, or else the
// shell between npm and this would be ended by Ctrl-C itself, and npm tell of a failure; Windows has no `exec` and needs none.
import { prepare } from './prepare.mjs';
import { signalNumbers, startAuthServer, whenAskedToEnd } from './running.mjs';

try {
  prepare();
} catch (error) {
  console.error(error.message);
  process.exit(1);
}

const server = startAuthServer();
whenAskedToEnd('start', (signal) => server.kill(signal));
server.once('error', (error) => {
  console.error(`The server could not be started: ${error.message}`);
  process.exit(1);
});
server.once('exit', (code, signal) => process.exit(code ?? 128 + (signalNumbers[signal] ?? 0)));
