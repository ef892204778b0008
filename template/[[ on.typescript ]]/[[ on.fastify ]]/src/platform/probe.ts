/** The container's health check: ends with 0 if the service in this container is healthy. */

const response = await fetch(`http://127.0.0.1:${process.env.PORT || 8000}/health`, {
  signal: AbortSignal.timeout(2000),
}).catch(() => undefined);
process.exitCode = response?.ok ? 0 : 1;
