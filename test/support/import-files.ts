import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A folder of one's own with these files. Text is UTF-8. */
export async function writeFolder(files: Readonly<Record<string, string | Buffer>>): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'snowgate-import-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  return folder;
}

const USERS = 40;
const MOVIES = 60;
const FIRST_RATING = 874_965_758;
const GENRES = ['Action', 'Comedy', 'Drama'];
/** Places of the genres among the 19 flags of the old layout. */
const GENRE_FLAGS = [1, 5, 8];

interface Rating {
  readonly user: number;
  readonly movie: number;
  readonly stars: number;
  readonly at: number;
}

/** Every user likes one of three genres, has rated a third of the movies, and likes what is of that genre. */
function ratings(): Rating[] {
  const made: Rating[] = [];
  for (let user = 1; user <= USERS; user++) {
    for (let movie = 1; movie <= MOVIES; movie++) {
      const at = FIRST_RATING + ((user * 7919 + movie * 104_729) % 8_000_000);
      if ((user * 31 + movie * 17) % 10 < 4) made.push({ user, movie, stars: user % 3 === movie % 3 ? 5 : 2, at });
    }
  }
  return made;
}

const movies = Array.from({ length: MOVIES }, (_, index) => ({
  id: index + 1,
  title: `Café "Nº ${index + 1}", the movie (19${70 + (index % 30)})`,
  genre: (index + 1) % 3,
}));

/** How many ratings, movies and users each layout holds. */
export const MOVIELENS_COUNTS = { ratings: ratings().length, movies: MOVIES, users: USERS };

/** The same small set in each of the layouts that import knows, by name: files by name. */
export const MOVIELENS_LAYOUTS: Readonly<Record<string, Readonly<Record<string, string | Buffer>>>> = {
  'tab-separated': {
    'u.data': lines(ratings().map(({ user, movie, stars, at }) => [user, movie, stars, at].join('\t'))),
    'u.item': Buffer.from(
      lines(
        movies.map(({ id, title, genre }) => {
          const flags = Array.from({ length: 19 }, (_, flag) => (flag === GENRE_FLAGS[genre] ? 1 : 0));
          return [id, title, '01-Jan-1995', '', 'http://example.org', ...flags].join('|');
        }),
      ),
      'latin1',
    ),
    'u.user': lines(
      Array.from({ length: USERS }, (_, index) => {
        const zip = index % 9 === 8 ? 'V3N4P' : String(10_000 + index * 2000).padStart(5, '0');
        return [index + 1, 20 + index, 'F', 'writer', zip].join('|');
      }),
    ),
  },
  'comma-separated': {
    'ratings.csv': lines([
      'userId,movieId,rating,timestamp',
      ...ratings().map(({ user, movie, stars, at }) => [user, movie, stars.toFixed(1), at].join(',')),
    ]),
    'movies.csv': lines([
      'movieId,title,genres',
      ...movies.map(({ id, title, genre }) => `${id},"${title.replaceAll('"', '""')}",${GENRES[genre] ?? ''}|Western`),
    ]),
  },
  'tables of the guides': {
    'USER_RATINGS.csv': lines([
      'USER_ID,ITEM_ID,RATING,TIMESTAMP',
      ...ratings().map(({ user, movie, stars, at }) =>
        [user, movie, stars, new Date(at * 1000).toISOString()].join(','),
      ),
    ]),
    'TITLE.csv': lines(['ITEM_ID,TITLE', ...movies.map(({ id, title }) => `${id},"${title.replaceAll('"', '""')}"`)]),
    'USER.csv': lines(['ID', ...Array.from({ length: USERS }, (_, index) => String(index + 1))]),
  },
};

function lines(texts: readonly string[]): string {
  return texts.map((text) => `${text}\n`).join('');
}
