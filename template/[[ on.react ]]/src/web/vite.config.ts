import react from "@vitejs/plugin-react";
import { loadEnv } from "vite";
import { defineConfig } from "vitest/config";

export default defineConfig(({ mode }) => {
  const { PORT = "8000" } = loadEnv(mode, "../..", "PORT");
  const service = `http://127.0.0.1:${PORT}`;
  return {
    plugins: [react()],
    // An image inside of a file would need a hole in the content security policy.
    build: { assetsInlineLimit: 0 },
    server: {
      host: "127.0.0.1",
      port: 5173,
      strictPort: true,
      // Pages and API have one origin in development too, so that CORS stays off.
      proxy: { "/api": service, "/openapi.json": service, "/ready": service },
    },
    test: {
      environment: "jsdom",
      include: ["src/**/*.test.{ts,tsx}"],
      setupFiles: "src/test/setup.ts",
      restoreMocks: true,
      reporters: ["default", ["junit", { outputFile: "../../reports/web-unit.xml" }]],
    },
  };
});
