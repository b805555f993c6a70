/** Calls to a worker and their answers: each side sees plain async functions. */

export type Handlers = Record<string, (...args: never[]) => unknown>

interface Call {
  id: number
  name: string
  args: unknown[]
}
type Reply = { id: number; value: unknown } | { id: number; error: string; kind: string }

/** An error that crossed from a worker, with the name of its class there. */
export class RemoteError extends Error {
  constructor(
    message: string,
    readonly kind: string,
  ) {
    super(message)
    this.name = kind
  }
}

/** In a worker: answers calls with these functions. Buffers of typed arrays that they return are handed over. */
export function serve(handlers: Handlers): void {
  self.addEventListener('message', (event: MessageEvent<Call>) => {
    const { id, name, args } = event.data
    void Promise.resolve()
      .then(() => (handlers[name] as (...args: unknown[]) => unknown)(...args))
      .then(
        (value) => {
          const moved = ArrayBuffer.isView(value) ? [value.buffer as ArrayBuffer] : []
          self.postMessage({ id, value } satisfies Reply, { transfer: moved })
        },
        (error: unknown) => {
          const { name: kind, message } = error instanceof Error ? error : new Error(String(error))
          self.postMessage({ id, error: message, kind } satisfies Reply)
        },
      )
  })
}

/** On the page: a worker's functions. A worker that breaks down rejects every open call and all later ones. */
export class Remote {
  private readonly waiting = new Map<number, { done: (value: unknown) => void; fail: (error: Error) => void }>()
  private next = 0
  private broken: Error | null = null

  constructor(private readonly worker: Worker) {
    worker.addEventListener('message', (event: MessageEvent<Reply>) => {
      const reply = event.data
      const open = this.waiting.get(reply.id)
      this.waiting.delete(reply.id)
      if ('error' in reply) open?.fail(new RemoteError(reply.error, reply.kind))
      else open?.done(reply.value)
    })
    worker.addEventListener('error', (event) => this.breakDown(new Error(event.message || 'the worker could not start')))
  }

  call<T>(name: string, args: unknown[], moved: Transferable[] = []): Promise<T> {
    if (this.broken) return Promise.reject(this.broken)
    return new Promise<T>((done, fail) => {
      const id = this.next++
      this.waiting.set(id, { done: done as (value: unknown) => void, fail })
      this.worker.postMessage({ id, name, args } satisfies Call, moved)
    })
  }

  close(): void {
    this.worker.terminate()
    this.breakDown(new Error('closed'))
  }

  private breakDown(error: Error): void {
    this.broken = error
    for (const open of this.waiting.values()) open.fail(error)
    this.waiting.clear()
  }
}
