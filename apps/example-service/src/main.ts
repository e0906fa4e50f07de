import { readConfig } from './config.ts';
import { createService } from './service.ts';

const config = readConfig();
const server = await createService(config, { logLevel: 'info' });
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => void server.close().then(() => process.exit(0)));
await server.listen({ host: '127.0.0.1', port: config.port });
