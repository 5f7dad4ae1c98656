/** Preloaded (--require): the process, and each of its threads, takes itself for another platform; DISGUISE='darwin arm64'. */
const [platform, arch] = process.env.DISGUISE.split(' ');
Object.defineProperty(process, 'platform', { value: platform });
Object.defineProperty(process, 'arch', { value: arch });
