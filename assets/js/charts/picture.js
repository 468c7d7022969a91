// A chart as a picture that says by itself what it is: title, what and when, and under which mode.
export const SCALE = 2;
const HEAD = 44, FOOT = 22, EDGE = 12;

// `body` is a canvas of SCALE dots to the pixel
export function picture(body, token, { file, title, about, mode, colour }) {
  const canvas = Object.assign(document.createElement("canvas"), { width: body.width, height: body.height + (HEAD + FOOT) * SCALE });
  const pen = canvas.getContext("2d"), wide = canvas.width / SCALE, high = canvas.height / SCALE;
  pen.scale(SCALE, SCALE);
  pen.fillStyle = token("--bg1");
  pen.fillRect(0, 0, wide, high);
  const write = (text, font, fill, y) => {
    pen.font = `${font} ${token("--word")}`;
    pen.fillStyle = fill;
    pen.fillText(text, EDGE, y, wide - 2 * EDGE);
  };
  write(title, "650 14px", token("--strong"), 20);
  write(about, "500 11px", token("--txt2"), 36);
  pen.drawImage(body, 0, HEAD, wide, body.height / SCALE);
  pen.fillStyle = token("--bg2");
  pen.fillRect(0, high - FOOT, wide, FOOT);
  write(mode ? `STRIKEDESK · ${mode}` : "STRIKEDESK", "650 11px", colour || token("--txt2"), high - 7);
  canvas.toBlob((blob) => save(blob, file), "image/png");
}

function save(blob, file) {
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: file });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}
