// Paints a canvas, and again when the browser has restored it: a canvas loses its pixels with the GPU process.

/** @returns a function that ends it, for an effect */
export function paint(canvas: HTMLCanvasElement | null, draw: (context: CanvasRenderingContext2D) => void): () => void {
	const context = canvas?.getContext("2d");
	if (canvas === null || !context) return () => undefined;
	const again = () => draw(context);
	again();
	canvas.addEventListener("contextrestored", again);
	return () => canvas.removeEventListener("contextrestored", again);
}
