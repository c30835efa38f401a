/** The redis-server (or redis-sentinel) process beside the manager, started by it or by something else. */
export interface RedisProcess {
  /** Tells whether the process exists and is no zombie. It says nothing about whether Redis answers. Never rejects. */
  isRunning(): Promise<boolean>;
}
