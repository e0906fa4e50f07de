import { type AuthClient, createAuthClient, type SecureStorage, secureTokenStore } from '@latchkey/auth-client';

/** What `expo-secure-store` has, among others. */
type SecureStore = {
  getItemAsync(key: string): Promise<string | null>;
  setItemAsync(key: string, value: string): Promise<void>;
  deleteItemAsync(key: string): Promise<void>;
};

export function openApp(url: string, secureStore: SecureStore): AuthClient {
  const storage: SecureStorage = {
    getItem: secureStore.getItemAsync,
    setItem: secureStore.setItemAsync,
    removeItem: secureStore.deleteItemAsync,
  };
  return createAuthClient({ url, credentials: 'token', tokenStore: secureTokenStore(storage) });
}
