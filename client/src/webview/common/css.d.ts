/** Styles are bundled into a file beside the page's script. */
declare module "*.css";
