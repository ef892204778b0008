/** nginx as the image has it, on this machine: PORT and SERVICE=host:port say where. */

import { spawn, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

const web = path.join(import.meta.dirname, "..");
const reports = path.join(web, "../../reports");
const values: NodeJS.ProcessEnv = {
  ...process.env,
  NGINX_LOCAL_RESOLVERS: "127.0.0.1",
  PAGES: path.join(web, "dist"),
};
const template = readFileSync(path.join(web, "nginx.conf.template"), "utf8");
const server = template.replace(/\$\{(\w+)\}/g, (_, name) => values[name] ?? "");
// Debian has it where only root looks.
const env = { ...process.env, PATH: [process.env.PATH, "/usr/sbin"].join(path.delimiter) };
const { error, stderr } = spawnSync("nginx", ["-V"], { encoding: "utf8", env });
if (error) throw new Error("There is no nginx on this machine: install it.", { cause: error });
// The image's nginx.conf knows the types of files; where this machine has them, its nginx says.
const types = path.join(/--conf-path=(\S+)/.exec(stderr)?.[1] ?? "", "../mime.types");

const folder = mkdtempSync(path.join(tmpdir(), "nginx-"));
writeFileSync(
  path.join(folder, "nginx.conf"),
  `daemon off;
master_process off;
pid nginx.pid;
events {}
http {
include "${types}";
client_body_temp_path body;
fastcgi_temp_path fastcgi;
proxy_temp_path proxy;
scgi_temp_path scgi;
uwsgi_temp_path uwsgi;
${server}}
`,
);
mkdirSync(reports, { recursive: true });
const log = openSync(path.join(reports, `nginx-${values.PORT}.log`), "w");
const nginx = spawn("nginx", ["-e", "stderr", "-p", folder, "-c", "nginx.conf"], {
  env,
  stdio: ["ignore", log, "inherit"],
});
process.on("SIGTERM", () => nginx.kill());
nginx.once("close", (code) => {
  rmSync(folder, { recursive: true });
  process.exitCode = code ?? 1;
});
