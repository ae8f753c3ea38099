/** Shaped as the service of DevLake's docker-compose-dev.yml. */
const service = `  postgres:
    image: postgres:17
    volumes:
      - postgres-storage:/var/lib/postgresql/data
    restart: always
    ports:
      - 5432:5432
    environment:
      POSTGRES_DB: lake
      POSTGRES_USER: merico
      POSTGRES_PASSWORD: merico
      TZ: UTC

`;

/** DevLake's Compose file or `.env` with PostgreSQL in the place of MySQL. */
export function onPostgres(text: string): string {
  return text
    .replace(/^ {2}mysql:\n[^]*?\n\n/m, service)
    .replace(/^( +)- mysql$/gm, "$1- postgres")
    .replace(/^ {2}mysql-storage:$/m, "  postgres-storage:")
    .replace(
      /^(\w*DB_URL=)mysql:(.*)@mysql:3306\/(\w+)\?.*$/gm,
      "$1postgres:$2@postgres:5432/$3?sslmode=disable",
    );
}
