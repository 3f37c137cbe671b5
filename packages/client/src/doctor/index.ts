// The face `virtwire/doctor`: examines the way to a daemon; loaded only by who asks for it.
export { type DoctorOptions, type DoctorStep, doctor } from './doctor.ts';
