/** What is attached in a story: pictures drawn on the spot, and files. */
import type { Attachment } from "../generated";
import type { FakeHost } from "../fake";

const LONG = "a screenshot whose name the system made very long 2026-11-25 at 09.41.07.png";

function picture(name: string, width: number, height: number): Attachment {
  return {
    id: name,
    name,
    content: `${width}x${height}`,
    bytes: width * height * 0.2,
    tokens: Math.ceil((Math.ceil(width / 32) * Math.ceil(height / 32) * 6) / 5),
    note: null,
    picture: { width, height, thumbnail: `${width}x${height}` },
  };
}

function file(name: string, bytes: number, note: string | null = null): Attachment {
  return { id: name, name, content: name, bytes, tokens: bytes / 4, note, picture: null };
}

export function attachments(many: boolean): Attachment[] {
  const some = [
    picture("blurry-logo.png", 1920, 1080),
    {
      ...picture("mockup.jpg", 600, 1365),
      note: "Its name ended in .png, but it is a JPEG picture.",
    },
    file("build.log", 48_212),
    file("invoice.pdf", 3_204, "The text of 2 pages, without pictures."),
  ];
  if (!many) return some;
  return Array.from({ length: 20 }, (_, at) => ({ ...picture(LONG, 1365, 768), id: `${at}` }));
}

/** Draws what the pictures of this story show. */
export function draw(host: FakeHost): void {
  host.attached = async ({ content }) => {
    const [width, height] = content.split("x").map(Number);
    if (!width || !height) return new TextEncoder().encode(`The text of ${content}\n`).buffer;
    const canvas = new OffscreenCanvas(width, height);
    const brush = canvas.getContext("2d");
    if (brush) {
      brush.fillStyle = "#d9e6dc";
      brush.fillRect(0, 0, width, height);
      brush.fillStyle = "#157f4a";
      brush.fillRect(width / 4, height / 4, width / 2, height / 2);
    }
    return (await canvas.convertToBlob()).arrayBuffer();
  };
}
