import type { DeploymentNames } from './deployment-names.ts';
import type { RenderedDeployment } from './render-deployment.ts';

/** From here on machines run and cost, so what can be done by hand is done before. */
const MACHINES = '610_compute_pools.sql';
const POSTGRES = '510_postgres.sql';
const ACCESS = '630_service_access.sql';

/** What an administrator does by hand, in order, as text with commands to copy. No step holds a secret. */
export function describeSteps({ setup, missing }: RenderedDeployment, names: DeploymentNames, out: string): string {
  const waitsForHost = names.postgresHost === null;
  const files = setup.filter((file) => /^\d/.test(file) && (!waitsForHost || file <= POSTGRES));
  const run = (wanted: (file: string) => boolean): string => runFiles(files.filter(wanted), out, names.name);
  const steps = [
    connectStep(names),
    'Run these files as a user who may use ACCOUNTADMIN; each can be run again. Tasks cost from 410 on, Postgres from ' +
      `510 on:\n${run((file) => file < MACHINES)}`,
    ...(waitsForHost ? [hostStep(names, missing)] : laterSteps(names, out, run)),
  ];
  return `${steps.map((step, index) => `${String(index + 1)}. ${step}`).join('\n\n')}\n`;
}

function connectStep({ account, name }: DeploymentNames): string {
  return (
    'Once, name the connection of Snowflake CLI (https://docs.snowflake.com/developer-guide/snowflake-cli):\n' +
    `   snow connection add --connection-name ${name} --account ${account} --user … --authenticator externalbrowser --no-interactive`
  );
}

function hostStep(names: DeploymentNames, missing: readonly string[]): string {
  return (
    `${POSTGRES} answered the host of Postgres, and passwords that are shown this once: keep them in your password ` +
    `store.\n   Not written without the host: ${missing.join(', ')}. ` +
    `Render again into a new folder, with the same flags and --postgres-host:\n` +
    `   snowgate deploy render --account ${names.account} --image-tag ${names.imageTag} --postgres-clients ` +
    `${names.postgresClients?.join(',') ?? ''} --name ${names.name} --postgres-host … --out …`
  );
}

function laterSteps(names: DeploymentNames, out: string, run: (wanted: (file: string) => boolean) => string): string[] {
  const { name } = names;
  return [
    pushStep(names),
    `Put the specifications on their stage:\n   snow stage copy ${quoted(`${out}/spcs/`)} @${name}.gateway.specs --overwrite --role ${name}_admin --connection ${name}`,
    'Make the tables in Postgres and fill them, from a machine that may reach it:\n' +
      '   DATABASE_URL=… npm run migrate\n   DATABASE_URL=… npm run sync        # or, to try: npm run seed',
    'Set the secrets in a worksheet that is not kept. No file holds them:\n' +
      `   USE ROLE ${name}_admin;\n` +
      ['database_url', 'redis_password', 'redis_url']
        .map((secret) => `   ALTER SECRET ${name}.gateway.${secret} SET SECRET_STRING = '…';`)
        .join('\n'),
    `Start machines and services, which cost from now on:\n${run((file) => file >= MACHINES)}`,
    'Say who may call, and see where:\n' +
      `   GRANT ROLE ${name}_caller TO USER …;      -- after ${ACCESS}\n` +
      `   SHOW ENDPOINTS IN SERVICE ${name}.gateway.gateway;`,
  ];
}

function pushStep({ imageRepository, imageTag, name }: DeploymentNames): string {
  const [image, redis] = [`${imageRepository}/${name}:${imageTag}`, `${imageRepository}/redis:8-bookworm`];
  const commands = [
    `snow spcs image-registry login --connection ${name}`,
    `docker build --platform linux/amd64 -f deploy/Dockerfile -t ${image} .`,
    `docker push ${image}`,
    'docker pull --platform linux/amd64 redis:8-bookworm',
    `docker tag redis:8-bookworm ${redis}`,
    `docker push ${redis}`,
  ];
  return `Push the images:\n${commands.map((command) => `   ${command}`).join('\n')}`;
}

function runFiles(files: readonly string[], out: string, connection: string): string {
  return files
    .map((file) => `   snow sql --connection ${connection} --filename ${quoted(`${out}/setup/${file}`)}`)
    .join('\n');
}

/** One word for a shell, whatever it holds. */
function quoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}
