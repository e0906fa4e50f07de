/** Tells the other tabs of this origin something; where there are no tabs, nobody. */
export type TabChannel<Message> = {
  tell(message: Message): void;
  /** Hears what other tabs tell, never what is told here. Answers how to stop. */
  listen(heard: (message: Message) => void): () => void;
};

/** Opens when somebody listens or tells, not before: a server that renders pages makes clients and has no tabs. */
export function tabChannel<Message>(name: string): TabChannel<Message> {
  let opened: BroadcastChannel | null = null;
  const listeners = new Set<(message: Message) => void>();
  const open = (): BroadcastChannel | null => {
    if (opened || typeof BroadcastChannel === 'undefined') return opened;
    opened = new BroadcastChannel(name);
    opened.onmessage = ({ data }: { data: Message }) => {
      for (const heard of listeners) heard(data);
    };
    // In Node.js an open channel would keep the process alive.
    (opened as { unref?(): void }).unref?.();
    return opened;
  };
  return {
    tell: (message) => open()?.postMessage(message),
    listen(heard) {
      open();
      listeners.add(heard);
      return () => {
        listeners.delete(heard);
        if (listeners.size > 0) return;
        opened?.close();
        opened = null;
      };
    },
  };
}
