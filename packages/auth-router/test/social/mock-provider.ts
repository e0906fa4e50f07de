import { type MutableResponse, type MutableToken, OAuth2Server } from 'oauth2-mock-server';

/** An issuer that lies on demand: what it says is changed by `faults` before it is said. */
export type MockProvider = {
  url: string;
  faults: {
    token?: ((token: MutableToken) => void) | undefined;
    exchange?: ((response: MutableResponse) => void) | undefined;
    userinfo?: ((response: MutableResponse) => void) | undefined;
  };
  close(): Promise<void>;
};

/** Unless it lies, whoever comes is `johndoe`, with a verified address. */
export async function startMockProvider(): Promise<MockProvider> {
  const server = new OAuth2Server();
  await server.issuer.keys.generate('ES256');
  await server.start(0, '127.0.0.1');
  const url = `http://127.0.0.1:${server.address().port}`;
  server.issuer.url = url;
  const faults: MockProvider['faults'] = {};
  const about = { email: 'johndoe@example.com', email_verified: true };
  server.service.on('beforeTokenSigning', (token: MutableToken) => {
    if (token.payload['aud'] !== undefined) Object.assign(token.payload, about);
    faults.token?.(token);
  });
  server.service.on('beforeResponse', (response: MutableResponse) => faults.exchange?.(response));
  server.service.on('beforeUserinfo', (response: MutableResponse) => {
    response.body = { sub: 'johndoe', ...about };
    faults.userinfo?.(response);
  });
  return { url, faults, close: () => server.stop() };
}
